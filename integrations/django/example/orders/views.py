"""The pages that a buyer sees: «Мої замовлення», and one order."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from orders.models import Order
from vistka_django.shipments import ask_about


def my_orders(request: HttpRequest) -> HttpResponse:
    orders = list(Order.objects.exclude(status="cancelled").order_by("-id")[:30])
    ask_about(orders)
    return render(request, "orders/my_orders.html", {"orders": orders})


def order(request: HttpRequest, number: str) -> HttpResponse:
    return render(request, "orders/order.html", {"order": get_object_or_404(Order, order_number=number)})
