"""What messages have the outbox do."""

from app.core.outbox import Handler
from app.notices import pushed, sending, service, texting, texts
from app.notices.schemas import SendNotice
from app.notices.texts import SendText
from app.pushes.schemas import SubscriptionEvents

HANDLERS: list[Handler] = [
    Handler(service.TOPIC, SendNotice, sending.send),
    Handler(texts.TOPIC, SendText, texting.send),
    Handler(pushed.TOPIC, SubscriptionEvents, pushed.handle),
]
