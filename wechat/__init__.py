"""The mini-program platform: login, subscribe messages, mini-program codes, and its stand-in.

What the rest of the house uses: `wechat.client.WeChat` (one for each worker), `wechat.login`,
`wechat.messages`, `wechat.templates`, `wechat.codes`, `wechat.links`, `wechat.moderation`; for what
the platform pushes, `wechat.push` and `wechat.events`; and the errors of `wechat.errors`.
"""
