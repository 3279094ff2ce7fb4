"""Somebody at the console without a browser: cookies, form tokens, and what a page shows."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.web.company_of_shops import PASSWORD

_TOKEN = re.compile(r'name="form_token" value="([0-9a-f]+)"')
_OP_ID = re.compile(r'name="op_id" value="([0-9a-f-]+)"')


@dataclass
class Visitor:
    """`token` is that of the last page seen, as a browser would send it."""

    app: Flask
    client: FlaskClient = field(init=False)
    token: str = ""
    op_id: str = ""

    def __post_init__(self) -> None:
        self.client = self.app.test_client()

    def sign_in(self, login: str, password: str = PASSWORD) -> TestResponse:
        self.get("/console/sign-in")
        answer = self.post("/console/sign-in", login=login, password=password)
        if answer.status_code == 303:
            self.get("/console/me")
        return answer

    def speak(self, language: str) -> Visitor:
        self.client.set_cookie("language", language)
        return self

    def get(self, path: str, **options: Any) -> TestResponse:
        answer = self.client.get(path, **options)
        if answer.mimetype == "text/html":
            self._note(answer.text)
        return answer

    def _note(self, text: str) -> None:
        if found := _TOKEN.search(text):
            self.token = found[1]
        if found := _OP_ID.search(text):
            self.op_id = found[1]

    def post(self, path: str, *, token: str | None = None, headers: dict[str, str] | None = None, **form: Any) -> TestResponse:
        data = {"form_token": self.token if token is None else token, **form}
        return self.client.post(path, data=data, headers=headers or {}, content_type="multipart/form-data")

    def send(self, page: str, path: str, **form: Any) -> TestResponse:
        """Open a page and send its form: with the id the form was born with."""
        self.get(page)
        return self.post(path, op_id=self.op_id, **form)


def seen(answer: TestResponse) -> str:
    """What a reader reads: the text without its tags."""
    body = re.sub(r"(?s)<(script|style|head).*?</\1>", " ", answer.text)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", body)))


def counts(answer: TestResponse) -> dict[str, int]:
    """The headline numbers of a page."""
    found = re.findall(r'data-count="(\w+)">([\d,]+)', answer.text)
    return {name: int(number.replace(",", "")) for name, number in found}
