"""Where the reference of the estimators is, for the links in notebooks."""

__all__ = ["DocLinkMixin"]

# The folder of the reference on the published site, whose pages `make docs` names so.
# It is where the site is meant to be; nothing is registered or published there yet.
# To publish it elsewhere, change this line: nothing else knows the address.
API_REFERENCE = "https://sklearn-rnn.readthedocs.io/en/stable/api/generated"


class DocLinkMixin:
    """Mixin of the estimators: shown in a notebook, they link to their page.

    scikit-learn's diagrams read these attributes, and fill in the class and the public
    module that it comes from.
    """

    _doc_link_module = "sklearn_rnn"
    _doc_link_template = f"{API_REFERENCE}/{{estimator_module}}.{{estimator_name}}.html"
