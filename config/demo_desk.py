"""What the desk of the demo begins with: reply templates to insert and to change."""

from django.utils import timezone

from accounts.models import ReplyTemplate, User
from accounts.replies import operations

TEMPLATES = (
    (
        "Overdue: what is owed",
        "Dear {customer_name},\n\nas of {today} {outstanding} is owed on your account, and the "
        "oldest bill is {days_past_due} days past due. Once it is paid, what rests on it ends on "
        "the dates that your page shows.",
        "{customer_name}您好：\n\n截至{today}，您的账户尚欠{outstanding}，最早的账单已逾期"
        "{days_past_due}天。还清后，由此产生的限制将按您页面所示日期解除。",
    ),
    (
        "Hardship: what we need",
        "Dear {customer_name},\n\nthank you for telling us. Please send a proof of your situation: "
        "we will look at it and tell you what we can do.",
        "{customer_name}您好：\n\n感谢您告知情况。请提供相关证明，我们核查后会告知您可以如何办理。",
    ),
    (
        "Score: why it changed",
        "Dear {customer_name},\n\nyour credit score is {credit_score}. Every bill paid by its due "
        "date raises it; your page shows each event and what it counts.",
        "{customer_name}您好：\n\n您当前的信用分为{credit_score}。每期按时还款都会加分；"
        "您的页面列出了每一项事件及其分值。",
    ),
)


def settle() -> None:
    """Have the templates, unless somebody made some already."""
    by = User.objects.filter(username="supervisor").first()
    if by is None or ReplyTemplate.objects.exists():
        return
    for name, english, chinese in TEMPLATES:
        operations.make(name=name, text_en=english, text_zh_hans=chinese, by=by, at=timezone.now())
