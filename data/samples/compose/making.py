"""Makes one request: model, tokens by meter, outcome and times, from a trace and habits.

Add here what a single well-formed request can be. Keep out how many there are and when
(`skew`), what is wrong with a row (`faults`) and how it is written down (`formats`).
"""

from dataclasses import dataclass

import traffic
from catalog import Catalog, Key
from draw import Draw
from traces import Reasoning, Tokens, Trace
from traffic import Habits
from usage import HOUR_MS, INPUTS, METERS, Ids, Request

BLOCK = 512


@dataclass(frozen=True, slots=True)
class Sources:
    """What requests are made from."""

    catalog: Catalog
    traces: dict[str, Trace]
    reasoning: Reasoning


def split_input(tokens: Tokens, model: str, key: Key) -> list[int]:
    """The input meters: shared prefix is read from cache, Claude writes its new blocks."""
    if not model.startswith(traffic.CACHING):
        return [tokens.context, 0, 0, 0, 0]
    fresh = tokens.context - tokens.shared
    if not model.startswith("claude-"):
        return [fresh, tokens.shared, 0, 0, 0]
    written = fresh // BLOCK * BLOCK
    if key.number in traffic.HOUR_CACHE_KEYS:
        return [fresh - written, tokens.shared, 0, written, 0]
    return [fresh - written, tokens.shared, written, 0, 0]


def outcome_of(draw: Draw, habits: Habits) -> str:
    """How the request ended."""
    failures = (*traffic.OUTCOMES, ("rate_limited", habits.rate_limited))
    success = 1000 - sum(weight for _, weight in failures)
    return draw.pick((("success", success), *failures))


def tier_of(draw: Draw, habits: Habits, key: Key, model: str) -> tuple[str, str]:
    """The service tier asked and the one served; priority is sometimes not to be had."""
    if (
        model.startswith(traffic.BATCHING)
        and key.number == traffic.BATCH_KEY
        and draw.chance(habits.batch)
    ):
        return "batch", "batch"
    if model == "gpt-5" and draw.chance(habits.priority):
        return "priority", "default" if draw.chance(80) else "priority"
    return "default", "default"


def latency_of(draw: Draw, meters: tuple[int, ...], tier: str) -> int:
    """Milliseconds until completion; batches take up to six hours."""
    if tier == "batch":
        return 60_000 + draw.below(6 * HOUR_MS)
    context, output = sum(meters[:INPUTS]), sum(meters[INPUTS:])
    return 40 + context // 40 + output * (9 + draw.below(14)) + draw.below(900)


@dataclass(frozen=True, slots=True)
class Ask:
    """What a client asks for, before anybody knows how it ends."""

    requested: str
    model: str
    tokens: Tokens
    tier_asked: str = "default"
    tier: str = "default"
    is_cacheable: bool = False
    images: int = 0
    searches: int = 0


@dataclass(frozen=True, slots=True)
class Counted:
    """What was counted for a request."""

    meters: tuple[int, ...] = (0,) * len(METERS)
    images: int = 0
    searches: int = 0
    quality: str = "missing"


class Maker:
    """Makes requests of one key, one after another."""

    def __init__(self, key: Key, habits: Habits, sources: Sources, ids: Ids, name: str) -> None:
        self.key = key
        self.habits = habits
        self._sources = sources
        self._ids = ids
        self._draw = Draw(f"{name} of {key.api_key_id}")

    def models(self) -> tuple[str, str]:
        """The model requested and the one that answers."""
        requested = self._draw.pick(self.habits.models)
        falls_back = self._draw.chance(traffic.FALLBACK_PERMILLE)
        if falls_back and self.key.payer in traffic.FALLBACK_PAYERS:
            return requested, traffic.FALLBACKS.get(requested, requested)
        return requested, requested

    def is_image(self) -> bool:
        """Whether the next request asks for images."""
        return self._draw.chance(self.habits.images)

    def text(self, started: int) -> Request:
        """A text request: the organization's next in one of its traces."""
        draw, organization = self._draw, self.key.organization_id
        trace = draw.pick(self.habits.traces)
        tokens = self._sources.traces[trace].take(f"{organization} in {trace}")
        requested, model = self.models()
        asked, tier = tier_of(draw, self.habits, self.key, model)
        caches = trace == "prefix" and tier != "batch"
        searches = 0
        if model.startswith(traffic.SEARCHING) and draw.chance(self.habits.searches):
            searches = 1 + draw.below(3)
        ask = Ask(requested, model, tokens, asked, tier, caches, searches=searches)
        return self.finish(started, ask)

    def long_text(self, started: int) -> Request:
        """A long document; where the model takes it, a second real request is added to it."""
        model = self._draw.pick(self.habits.long_models)
        tokens = self._sources.traces["long"].take(self.key.organization_id)
        if model == "gemini-2.5-pro":
            more = self._sources.traces["prefix"].take(f"{self.key.organization_id} second")
            tokens = Tokens(tokens.context + more.context, 0, tokens.output + more.output)
        return self.finish(started, Ask(model, model, tokens))

    def image(self, started: int) -> Request:
        """An image request: counted by generated image, on one model also by prompt."""
        model = self._draw.pick((("imagen-3", 600), ("gemini-2.5-flash-image", 400)))
        context = self._sources.traces["conv"].take(self.key.organization_id).context
        if model == "gemini-2.5-flash-image":
            return self.finish(started, Ask(model, model, Tokens(context, 0, 0), images=1))
        images = 1 + self._draw.below(4)
        return self.finish(started, Ask(model, model, Tokens(0, 0, 0), images=images))

    def counted(self, ask: Ask, outcome: str) -> Counted:
        """The meters of a request that ended this way; some report nothing."""
        draw = self._draw
        reasons = not ask.images and draw.chance(traffic.REASONING.get(ask.model, 0))
        reasoning = self._sources.reasoning.length(draw) if reasons else 0
        is_lost = outcome == "upstream_error" and draw.chance(500)
        is_lost |= outcome == "success" and not ask.images and draw.chance(2)
        if is_lost or outcome in ("client_error", "rate_limited"):
            return Counted()
        tokens = ask.tokens
        inputs = [tokens.context, 0, 0, 0, 0]
        if ask.is_cacheable:
            inputs = split_input(tokens, ask.model, self.key)
        quality = "estimated" if outcome == "client_aborted" else "reported"
        return Counted((*inputs, tokens.output, reasoning), ask.images, ask.searches, quality)

    def finish(self, started: int, ask: Ask) -> Request:
        """Puts the outcome, the meters and the times together."""
        draw, catalog = self._draw, self._sources.catalog
        outcome = outcome_of(draw, self.habits)
        counted = self.counted(ask, outcome)
        latency = latency_of(draw, counted.meters, ask.tier)
        is_answered = outcome not in ("client_error", "rate_limited")
        return Request(
            request_id=self._ids.next(),
            key=self.key,
            started=started,
            completed=started + latency,
            requested=ask.requested,
            model_id=ask.model,
            answered=catalog.answered_name(ask.model) if is_answered else ask.model,
            provider=catalog.providers[ask.model],
            region=self.habits.region,
            tier_asked=ask.tier_asked,
            tier=ask.tier,
            is_byok=draw.chance(self.habits.byok),
            outcome=outcome,
            status=draw.one(traffic.STATUSES[outcome]),
            throttle=draw.one(traffic.THROTTLES) if outcome == "rate_limited" else "",
            quality=counted.quality,
            meters=counted.meters,
            images=counted.images,
            searches=counted.searches,
        )
