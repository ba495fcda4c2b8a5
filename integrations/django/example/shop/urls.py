from django.contrib import admin
from django.contrib.staticfiles.views import serve
from django.urls import include, path
from orders import views

urlpatterns = [
    path("", views.my_orders),
    path("orders/<str:number>/", views.order),
    path("admin/", admin.site.urls),
    path("vistka/", include("vistka_django.urls")),
    # An example is served by itself: where there is a web server, it has the static files.
    path("static/<path:path>", serve, {"insecure": True}),
]
