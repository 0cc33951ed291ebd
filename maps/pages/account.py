"""Logging in and out, and choosing a password at the first login.

A one-time password opens one session, and in it nothing but the page that asks for a password of one's own. The mark
stands in the session, so that no page or tile pays a query for it; a new one-time password ends all older sessions.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.forms import PasswordChangeForm, SetPasswordForm
from django.contrib.auth.views import LoginView, PasswordChangeView
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.deprecation import MiddlewareMixin
from django.utils.translation import gettext_lazy as _

from cells.models import Person
from maps.pages import second_factor
from maps.pages.first_page import first_page

MARK = "must_choose_password"
_OPEN = {"login", "logout", "choose_password", "second_factor", "set_language", "javascript-catalog"}


class People(ModelBackend):
    """Names and passwords; whoever asks is read with his person, role and territory, which every page asks for next."""

    def get_user(self, user_id: Any) -> Any:
        users = get_user_model()._default_manager.select_related("person__role", "person__territory")
        user = users.filter(pk=user_id).first()
        return user if user is not None and self.user_can_authenticate(user) else None


class Login(LoginView):
    """The login; a one-time password leads to choosing one's own."""

    template_name = "maps/account/login.html"
    redirect_authenticated_user = True

    def get_default_redirect_url(self) -> str:
        return first_page(self.request.user)

    def form_valid(self, form: forms.Form) -> HttpResponse:
        response = super().form_valid(form)
        person = getattr(self.request.user, "person", None)
        if person is not None and person.must_change_password:
            self.request.session[MARK] = True
        if second_factor.due(self.request.user):
            self.request.session[second_factor.MARK] = True
        return response


class _FreshPassword:
    """A form's check that the new password is not the one in use."""

    def clean_new_password1(self) -> str:
        new = self.cleaned_data["new_password1"]
        if self.user.check_password(new):
            raise forms.ValidationError(_("This is the password you have now. Choose another."), code="same_password")
        return new


class FirstPasswordForm(_FreshPassword, SetPasswordForm):
    """At the first login: the one-time password has just been typed."""


class NextPasswordForm(_FreshPassword, PasswordChangeForm):
    """Later: the password in use is asked again."""


class ChoosePassword(PasswordChangeView):
    """A new password, at the first login or whenever one likes."""

    template_name = "maps/account/choose_password.html"

    def get_success_url(self) -> str:
        return first_page(self.request.user)

    def get_form_class(self) -> type[forms.Form]:
        return FirstPasswordForm if self.request.session.get(MARK) else NextPasswordForm

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(first=bool(self.request.session.get(MARK)), **kwargs)

    def form_valid(self, form: forms.Form) -> HttpResponse:
        response = super().form_valid(form)
        Person.objects.filter(user=self.request.user).update(must_change_password=False)
        self.request.session.pop(MARK, None)
        return response


class ChoosePasswordFirst(MiddlewareMixin):
    """Sends everyone with a one-time password to choose one's own before anything else is shown."""

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        if not request.session.get(MARK) or request.resolver_match.view_name in _OPEN:
            return None
        if request.path.startswith("/api/"):
            words = _("Choose a password of your own first.")
            return JsonResponse({"error": "choose_password", "sentence": str(words)}, status=403)
        return redirect("choose_password")
