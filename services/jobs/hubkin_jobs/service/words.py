"""Reasons and explanations in the reader's language: the one place where jobs become sentences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hubkin import wire
from hubkin_kit.i18n import Translator
from hubkin_kit.money import format_amount

from hubkin_jobs.domain.reasons import MONEY, sentence


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads: the texts, their language, and the site's unit of money."""

    translator: Translator
    language: str
    unit: str

    def text(self, msgid: str, **params: Any) -> str:
        """Translate a text."""
        return self.translator.text(msgid, params, language=self.language)

    def money(self, micros: int) -> wire.Money:
        """Write an amount for the wire."""
        return wire.Money(amount=format_amount(micros), unit=self.unit)

    def reason(self, code: str, params: Mapping[str, Any]) -> wire.Reason:
        """Write a reason for the wire, with its sentence."""
        msgid = sentence(code, params)
        money = {name: {"amount": params[name], "unit": self.unit} for name in MONEY.get(code, ())}
        said = {**params, **money}
        if self.language.startswith("zh") and params.get("label_zh"):
            said["label"] = params["label_zh"]
        text = self.translator.text(msgid, said, language=self.language) if msgid else code
        return wire.Reason(code=code, params=dict(params), text=text)
