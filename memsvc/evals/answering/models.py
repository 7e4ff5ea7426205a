"""Which language models answer and judge, each behind HTTP in the OpenAI form."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from memsvc.llm.openai_sending import Endpoint

READER = "MEMSVC_READER_URL, MEMSVC_READER_MODEL, MEMSVC_READER_KEY or MEMSVC_LLM_…"
JUDGE = "MEMSVC_JUDGE_URL, MEMSVC_JUDGE_MODEL, MEMSVC_JUDGE_KEY"


class ReadingSettings(BaseSettings):
    """The models that answer and judge: MEMSVC_READER_URL, MEMSVC_READER_MODEL and so on.

    What is not said of the reader is as of the service's own language model, and what is not said
    of the judge, but for its name, as of the reader. A key goes only where it was given for.
    """

    model_config = SettingsConfigDict(env_prefix="MEMSVC_", extra="ignore", frozen=True)

    llm_url: str = ""
    llm_model: str = ""
    llm_key: str = Field(default="", repr=False)
    llm_tokens: int = 0
    llm_extra: dict[str, object] = Field(default_factory=dict)
    reader_url: str = ""
    reader_model: str = ""
    reader_key: str = Field(default="", repr=False)
    judge_url: str = ""
    judge_model: str = ""
    judge_key: str = Field(default="", repr=False)

    def reader(self) -> Endpoint | None:
        """Return the model that answers, if one is set."""
        url = self.reader_url or self.llm_url
        model = self.reader_model or ("" if self.reader_url else self.llm_model)
        if not (url and model):
            return None
        key = self.reader_key or ("" if self.reader_url else self.llm_key)
        return Endpoint(url, model, key or None, self._extra(url), READER)

    def judge(self) -> Endpoint | None:
        """Return the model that judges, if one is set."""
        url = self.judge_url or self.reader_url or self.llm_url
        if not (self.judge_model and url):
            return None
        reader = None if self.judge_url else self.reader()
        key = self.judge_key or ("" if reader is None else reader.key)
        return Endpoint(url, self.judge_model, key or None, self._extra(url), JUDGE)

    def _extra(self, url: str) -> dict[str, object]:
        return self.llm_extra if url == self.llm_url else {}
