from django.contrib.admin.apps import AdminConfig


class SetUpConfig(AdminConfig):
    """Django's admin with the site of `crm.admin_site`, which may be imported only once the models are loaded."""

    default_site = "crm.admin_site.SetUpSite"
