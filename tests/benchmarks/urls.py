from django.urls import include, path

from crm.urls import handler400, handler403, handler404, handler500, urlpatterns

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]

urlpatterns = [*urlpatterns, path("bare/<slug:shop>/", include("tests.benchmarks.bare.urls"))]
