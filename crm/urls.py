from django.contrib import admin
from django.contrib.auth.views import LogoutView
from django.urls import include, path

from crm import home, knowing, pairing
from vendors.signing_in import SignInView

urlpatterns = [
    path("", home.home, name="home"),
    path("sign-in/", SignInView.as_view(), name="sign_in"),
    path("sign-out/", LogoutView.as_view(), name="sign_out"),
    path("admin/", admin.site.urls),
    path("<slug:shop>/counter/", include("crm.counter.urls")),
    path("<slug:shop>/review/", include("crm.review.urls")),
    path("<slug:shop>/pair/", pairing.pair, name="pair"),
    path("<slug:shop>/how-we-know/", knowing.how_we_know, name="how_we_know"),
]

handler400 = "crm.errors.bad_request"
handler403 = "crm.errors.forbidden"
handler404 = "crm.errors.not_found"
handler500 = "crm.errors.server_error"
