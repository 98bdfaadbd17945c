"""Reading a list to its end."""


async def every_page(ask, headers, **query):
    """All that a list holds, page by page, and its last page."""
    found, after = [], {}
    while True:
        answer = await ask(headers, **query, **after)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        found += page["items"]
        if page["next"] is None:
            return found, page
        after = {"after": page["next"]}
