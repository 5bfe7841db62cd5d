from django.urls import path

from tests.benchmarks.bare import views

app_name = "bare"
urlpatterns = [
    path("", views.search, name="search"),
    path("<int:pk>/", views.card, name="card"),
    path("<int:pk>/stays/", views.insert, name="insert"),
]
