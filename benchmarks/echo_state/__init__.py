"""Speed, memory and accuracy of echo state networks, beside other packages."""
