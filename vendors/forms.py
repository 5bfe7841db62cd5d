"""What is typed in set-up about the shop and the people who serve in it."""

import zoneinfo
from collections.abc import Sequence
from functools import cache
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from phonenumbers import SUPPORTED_REGIONS

from vendors.administration import QuickSelect, ShopRowForm
from vendors.models import Device, Member, Product, Vendor

TAKEN_ADDRESSES = {"admin", "sign-in", "sign-out", "static"}
"""First parts of addresses that are pages of Regulars and so cannot be a shop's."""


@cache
def _time_zones() -> list[tuple[str, str]]:
    return [(name, name.replace("_", " ")) for name in sorted(zoneinfo.available_timezones())]


class VendorForm(forms.ModelForm):
    time_zone = forms.ChoiceField(label=gettext_lazy("Time zone"), choices=_time_zones, initial="Asia/Kolkata")

    class Meta:
        model = Vendor
        fields = ["name", "slug", "language", "time_zone", "currency", "phone_region", "day_starts"]

    def clean_slug(self) -> str:
        slug = self.cleaned_data["slug"]
        if slug in TAKEN_ADDRESSES:
            raise ValidationError(_("Regulars needs this address itself. Choose another."))
        return slug

    def clean_phone_region(self) -> str:
        region = self.cleaned_data["phone_region"]
        if region not in SUPPORTED_REGIONS:
            raise ValidationError(
                _("“%(region)s” is no country with phones. Write one like IN."), params={"region": region}
            )
        return region


class NewVendorForm(VendorForm):
    starter_list = forms.BooleanField(
        label=gettext_lazy("Start with the usual fruit and vegetables"), required=False, initial=True
    )


class MergeForm(forms.Form):
    """Into which product `products`, all of one shop, go: another that it sells now."""

    into = forms.ModelChoiceField(
        Product.objects.none(), label=gettext_lazy("Into"), empty_label=gettext_lazy("Choose"), widget=QuickSelect
    )

    def __init__(self, *args: Any, products: Sequence[Product], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sold = Product.objects.sold().filter(vendor=products[0].vendor_id)
        self.fields["into"].queryset = sold.exclude(pk__in=[product.pk for product in products])


class InviteForm(forms.ModelForm):
    """Which tablet a code is for."""

    class Meta:
        model = Device
        fields = ["name"]


class MemberForm(ShopRowForm):
    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        stays = cleaned.get("role") == Member.Role.OWNER and cleaned.get("is_active")
        if not stays and self._is_last_owner():
            raise ValidationError(_("Nobody else owns this shop. Make another person its owner first."))
        return cleaned

    def _is_last_owner(self) -> bool:
        owners = Member.objects.serving().filter(vendor=self.instance.vendor, role=Member.Role.OWNER)
        return [owner.pk for owner in owners] == [self.instance.pk]


class _PasswordInput(forms.PasswordInput):
    def __init__(self) -> None:
        super().__init__(attrs={"autocomplete": "new-password", "class": "vTextField"})


class HelperForm(MemberForm):
    """A person whose account the owner may give a new password."""

    password = forms.CharField(
        label=gettext_lazy("New password"),
        help_text=gettext_lazy("Leave it empty to keep the one they have."),
        max_length=128,
        strip=False,
        required=False,
        widget=_PasswordInput,
    )

    def clean_password(self) -> str:
        password = self.cleaned_data["password"]
        if password:
            validate_password(password, self.instance.user)
        return password


class NewMemberForm(MemberForm):
    """A new person with a new account, or with one that serves in another of the owner's shops."""

    username = forms.CharField(
        label=gettext_lazy("Account name"),
        help_text=gettext_lazy("What they sign in with: letters, digits and @.+-_"),
        max_length=150,
        required=False,
        validators=[User.username_validator],
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "vTextField"}),
    )
    password = forms.CharField(
        label=gettext_lazy("Password"),
        help_text=gettext_lazy("At least 8 characters. Tell it to them; they can change it."),
        max_length=128,
        strip=False,
        required=False,
        widget=_PasswordInput,
    )

    def clean_username(self) -> str:
        username = User.normalize_username(self.cleaned_data["username"])
        if User.objects.filter(username__iexact=username).exists():
            raise ValidationError(_("This account name is taken. Choose another."))
        return username

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("user") and (cleaned.get("username") or cleaned.get("password")):
            self.add_error("user", _("Choose an account or write a new one, not both."))
        elif not cleaned.get("user") and "user" not in self.errors:
            self._check_new_account(cleaned)
        return cleaned

    def _check_new_account(self, cleaned: dict[str, Any]) -> None:
        for name in ("username", "password"):
            if name in cleaned and not cleaned[name]:
                self.add_error(name, _("They need this to sign in."))
        if cleaned.get("password"):
            self._check_password(cleaned["password"], cleaned.get("username", ""))

    def _check_password(self, password: str, username: str) -> None:
        try:
            validate_password(password, User(username=username))
        except ValidationError as refused:
            self.add_error("password", refused)
