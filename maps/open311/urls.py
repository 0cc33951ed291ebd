"""The addresses of the Open311 door, below `/open311/`; what ends neither in .xml nor in .json is not there."""

from django.urls import path

from maps.open311 import discovery, offers, requests, updates

urlpatterns = [
    path("discovery.<str:form>", discovery.discovery, name="open311-discovery"),
    path("v2/discovery.<str:form>", discovery.discovery, name="open311-discovery-v2"),
    path("v2/services.<str:form>", offers.offers, name="open311-services"),
    path("v2/services/<str:code>.<str:form>", offers.questions, name="open311-service"),
    path("v2/requests.<str:form>", requests.requests, name="open311-requests"),
    path("v2/requests/<str:number>.<str:form>", requests.one, name="open311-request"),
    path("v2/tokens/<str:word>.<str:form>", requests.token, name="open311-token"),
    path("v2/servicerequestupdates.<str:form>", updates.updates, name="open311-updates"),
]
