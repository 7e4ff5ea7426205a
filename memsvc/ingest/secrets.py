"""Secrets: which kinds of key, token or password a text holds.

The detectors are those of detect-secrets (Yelp, Apache-2.0) that know the form of what they look
for. Its detectors of high entropy are left out: in conversations they find ids, hashes and words
of other languages. They are imported when the first text is looked at, which takes a third of a
second; a space that does not ask for this never pays it.
"""

from collections.abc import Iterable
from functools import cache
from importlib import import_module
from typing import Protocol

from memsvc.domain.admission import Reason

DETECTORS = (
    "artifactory.ArtifactoryDetector",
    "aws.AWSKeyDetector",
    "azure_storage_key.AzureStorageKeyDetector",
    "basic_auth.BasicAuthDetector",
    "cloudant.CloudantDetector",
    "discord.DiscordBotTokenDetector",
    "github_token.GitHubTokenDetector",
    "gitlab_token.GitLabTokenDetector",
    "ibm_cloud_iam.IbmCloudIamDetector",
    "ibm_cos_hmac.IbmCosHmacDetector",
    "jwt.JwtTokenDetector",
    "keyword.KeywordDetector",
    "mailchimp.MailchimpDetector",
    "npm.NpmDetector",
    "openai.OpenAIDetector",
    "private_key.PrivateKeyDetector",
    "pypi_token.PypiTokenDetector",
    "sendgrid.SendGridDetector",
    "slack.SlackDetector",
    "softlayer.SoftlayerDetector",
    "square_oauth.SquareOAuthDetector",
    "stripe.StripeDetector",
    "telegram_token.TelegramBotTokenDetector",
    "twilio.TwilioKeyDetector",
)
"""All that look for a form of their own; `KeywordDetector` for what is assigned to a `password`."""


class _Detector(Protocol):
    """What is used of a plugin of detect-secrets."""

    secret_type: str

    def analyze_string(self, string: str) -> Iterable[str]:
        """Yield the secrets in a text."""
        ...


def secrets_in(text: str) -> tuple[Reason, ...]:
    """Say which kinds of secret a text holds; none of them is repeated."""
    return tuple(
        Reason("secret", f"It holds what looks like a secret: {detector.secret_type}.")
        for detector in _detectors()
        if any(True for _ in detector.analyze_string(text))
    )


@cache
def _detectors() -> tuple[_Detector, ...]:
    named = (name.split(".") for name in DETECTORS)
    return tuple(
        getattr(import_module(f"detect_secrets.plugins.{module}"), plugin)()
        for module, plugin in named
    )
