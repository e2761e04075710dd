"""Plain forms in the desk's clothes."""

from typing import Any

from django import forms
from unfold import widgets

_WIDGETS: dict[type[forms.Field], Any] = {
    forms.CharField: widgets.UnfoldAdminTextInputWidget,
    forms.DecimalField: widgets.UnfoldAdminDecimalFieldWidget,
    forms.IntegerField: widgets.UnfoldAdminIntegerFieldWidget,
}


def dress(form: forms.Form) -> forms.Form:
    """Give each field the widget of the desk; what it takes stays as it is."""
    for field in form.fields.values():
        if isinstance(field.widget, forms.Textarea):
            field.widget = widgets.UnfoldAdminTextareaWidget(attrs=field.widget.attrs)
        elif isinstance(field, forms.DateField):
            field.widget = widgets.UnfoldAdminTextInputWidget(attrs={"type": "date"})
        elif isinstance(field, forms.MultipleChoiceField):
            field.widget = forms.CheckboxSelectMultiple(choices=_choices(field))
        elif isinstance(field, forms.ChoiceField):
            field.widget = widgets.UnfoldAdminSelectWidget(choices=_choices(field))
        elif type(field) in _WIDGETS:
            field.widget = _WIDGETS[type(field)]()
        field.widget.is_required = field.required
    return form


def _choices(field: forms.ChoiceField) -> list[Any]:
    found: Any = field.choices
    return list(found)
