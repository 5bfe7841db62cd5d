"""What makes a row belong to one shop, and a database that refuses a row whose shop is not its parent's."""

import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.ddl_references import Columns, Statement, Table
from django.utils.translation import gettext_lazy as _


class SameVendor(models.BaseConstraint):
    """
    A composite foreign key `(vendor, <field>) -> (vendor, id)`: the parent named by `field` is of the same shop.

    Django declares no foreign key over two columns, so this constraint does: it holds for `bulk_create`, `update` and
    raw SQL too, on SQLite and PostgreSQL. The parent needs a unique constraint over `(vendor, id)`, which `VendorRow`
    gives it. A null in `field` passes. Like Django's own foreign keys it is checked at commit.
    """

    default_violation_error_message = _("This belongs to another shop.")

    def __init__(self, *, field: str, name: str, violation_error_message: str | None = None) -> None:
        super().__init__(name=name, violation_error_message=violation_error_message)
        self.field = field

    def _statement(self, template: str, model: type[models.Model], editor: BaseDatabaseSchemaEditor) -> Statement:
        table, parent = model._meta.db_table, model._meta.get_field(self.field).related_model._meta
        own = [model._meta.get_field("vendor").column, model._meta.get_field(self.field).column]
        return Statement(
            template,
            table=Table(table, editor.quote_name),
            name=editor.quote_name(self.name),
            columns=Columns(table, own, editor.quote_name),
            parent=Table(parent.db_table, editor.quote_name),
            parent_columns=Columns(parent.db_table, ["vendor_id", "id"], editor.quote_name),
        )

    body = (
        "CONSTRAINT %(name)s FOREIGN KEY (%(columns)s) REFERENCES %(parent)s (%(parent_columns)s) "
        "DEFERRABLE INITIALLY DEFERRED"
    )

    def constraint_sql(self, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor) -> str:
        return str(self._statement(self.body, model, schema_editor))

    def create_sql(self, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor) -> Statement:
        return self._statement(f"ALTER TABLE %(table)s ADD {self.body}", model, schema_editor)

    def remove_sql(self, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor) -> Statement:
        return self._statement("ALTER TABLE %(table)s DROP CONSTRAINT %(name)s", model, schema_editor)

    def validate(
        self, model: type[models.Model], instance: models.Model, exclude: Any = None, using: str = "default"
    ) -> None:
        exclude = exclude or ()
        if self.field in exclude or "vendor" in exclude:
            return
        parent = getattr(instance, self.field)
        if parent is not None and parent.vendor_id != instance.vendor_id:
            raise ValidationError({self.field: self.get_violation_error_message()})

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SameVendor) and self.deconstruct() == other.deconstruct()

    def __hash__(self) -> int:
        return hash((self.name, self.field))

    def deconstruct(self) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        path, args, kwargs = super().deconstruct()
        return path, args, {**kwargs, "field": self.field}


class VendorRow(models.Model):
    """A row of one shop. `uid` names it in addresses and lets it be sent twice; `id` never leaves the server."""

    vendor = models.ForeignKey("vendors.Vendor", on_delete=models.CASCADE, verbose_name=_("shop"), db_index=False)
    uid = models.UUIDField(default=uuid.uuid4, editable=False)

    class Meta:
        abstract = True
        constraints = [
            models.UniqueConstraint(fields=["vendor", "uid"], name="%(app_label)s_%(class)s_uid_once_a_shop"),
            models.UniqueConstraint(fields=["vendor", "id"], name="%(app_label)s_%(class)s_can_be_parent"),
        ]
