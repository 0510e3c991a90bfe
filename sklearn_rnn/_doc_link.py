"""The address of the reference of the estimators, for links in notebooks."""

__all__ = ["DocLinkMixin"]

# Folder of the reference on the site; `make docs` names its pages so. The site is meant
# to be there, but nothing is registered or published yet. To publish it elsewhere,
# change this line: nothing else knows the address.
API_REFERENCE = "https://sklearn-rnn.readthedocs.io/en/stable/api/generated"


class DocLinkMixin:
    """Mixin of the estimators: in a notebook they link to their page.

    scikit-learn's diagrams read these attributes, and fill in the class and its public
    module.
    """

    _doc_link_module = "sklearn_rnn"
    _doc_link_template = f"{API_REFERENCE}/{{estimator_module}}.{{estimator_name}}.html"
