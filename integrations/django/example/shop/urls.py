from django.urls import include, path

urlpatterns = [path("vistka/", include("vistka_django.urls"))]
