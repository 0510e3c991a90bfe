"""Private names of other packages: the one place to mend when a release moves them."""
