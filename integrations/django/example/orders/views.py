"""The pages that a buyer sees: «Мої замовлення», and one order."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from orders.models import Order


def my_orders(request: HttpRequest) -> HttpResponse:
    orders = Order.objects.exclude(status="cancelled").order_by("-id")[:30]
    return render(request, "orders/my_orders.html", {"orders": orders})


def order(request: HttpRequest, number: str) -> HttpResponse:
    return render(request, "orders/order.html", {"order": get_object_or_404(Order, order_number=number)})
