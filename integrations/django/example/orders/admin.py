from django.contrib import admin

from orders.models import Order
from vistka_django.admin import ShipmentAdmin


@admin.register(Order)
class OrderAdmin(ShipmentAdmin, admin.ModelAdmin):
    list_display = ("order_number", "tracking_number", "vistka_shipment", "status", "total_sum")
    list_filter = ("status",)
    search_fields = ("order_number", "tracking_number")
    ordering = ("-id",)
    list_per_page = 50
