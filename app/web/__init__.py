"""The web: routes of a few lines over state and snapshot. No maths, and nothing kept between two requests.

Map: `pages` the stage's pages, `page` their context · `rooms` those around it, with `chapter`, `networks`, `heads`,
`cost` and `recall` as their contexts · `answers` how a page is answered, `fresh` for how long · `api` the JSON, `body`
its requests, `openapi` its promise · `reference` the context of its page, `examples` the programs on it · `errors`
problem+json and its HTML twin · `edge` limits and headers of every answer · `assets` static files · `render` Jinja.
"""
