from __future__ import annotations

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Submit
from django.utils.functional import Promise


def form_helper(
    *, submit: str | Promise = "", action: str = "", method: str = "post", name: str = "submit"
) -> FormHelper:
    """Return the helper every form is rendered by; without `submit` the page has its own form tag."""
    helper = FormHelper()
    helper.form_method = method
    helper.form_action = action
    helper.attrs = {
        "novalidate": ""
    }  # the server says what is wrong, in the page's language and beside the field
    helper.error_text_inline = True
    if submit:
        helper.add_input(Submit(name, submit, css_class="btn-primary"))
    else:
        helper.form_tag = False
    return helper
