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

from vendors import pins
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
        fields = ["name", "slug", "language", "time_zone", "currency", "phone_region", "day_starts", "lock_after"]

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


class _PasswordInput(forms.PasswordInput):
    def __init__(self, **attributes: str) -> None:
        super().__init__(attrs={"autocomplete": "new-password", "class": "vTextField", **attributes})


class MemberForm(ShopRowForm):
    new_pin = forms.CharField(
        label=gettext_lazy("PIN"),
        help_text=gettext_lazy(
            "Four to six digits, to serve on the shop’s tablets. Leave it empty to keep the one they have."
        ),
        max_length=6,
        required=False,
        widget=_PasswordInput(inputmode="numeric"),
    )

    def clean_new_pin(self) -> str:
        pin = self.cleaned_data["new_pin"]
        if pin:
            pins.validate_pin(pin)
        return pin

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        stays = cleaned.get("role") == Member.Role.OWNER and cleaned.get("is_active")
        if not stays and self._is_last_owner():
            raise ValidationError(_("Nobody else owns this shop. Make another person its owner first."))
        return cleaned

    def _is_last_owner(self) -> bool:
        owners = Member.objects.serving().filter(vendor=self.instance.vendor, role=Member.Role.OWNER)
        return [owner.pk for owner in owners] == [self.instance.pk]


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


class WithoutAccountForm(MemberForm):
    """A person who has no account, or is new: they get one, or one that serves in another shop, or only a PIN."""

    username = forms.CharField(
        label=gettext_lazy("Account name"),
        help_text=gettext_lazy(
            "What they sign in with: letters, digits and @.+-_ Who serves on the shop’s tablets alone needs none."
        ),
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
        if username and User.objects.filter(username__iexact=username).exists():
            raise ValidationError(_("This account name is taken. Choose another."))
        return username

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("user") and (cleaned.get("username") or cleaned.get("password")):
            self.add_error("user", _("Choose an account or write a new one, not both."))
        elif not cleaned.get("user") and "user" not in self.errors:
            self._check_new_way_in(cleaned)
        return cleaned

    def _check_new_way_in(self, cleaned: dict[str, Any]) -> None:
        if self._writes_an_account():
            self._check_new_account(cleaned)
        elif not (cleaned.get("new_pin") or self.instance.pin or "new_pin" in self.errors):
            self.add_error("new_pin", _("They need a PIN to serve on the tablets, or an account."))

    def _writes_an_account(self) -> bool:
        return any(self[name].data for name in ("username", "password"))

    def filled_in_on_saving(self) -> set[str]:
        return {"user"} if self._writes_an_account() else set()

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
