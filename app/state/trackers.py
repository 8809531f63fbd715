"""Names that other sites append to a link as it passes through them: whoever follows it did not write them.

A mail program, a search engine or a course platform counts its clicks with them. To tell a reader that they were not
read would be no help, since nothing is missing; so a page says nothing of them.
"""

from __future__ import annotations

# Families of one sender each: Urchin and Google Analytics, Matomo (Piwik), HubSpot, Facebook, Mailchimp, Marketo, Vero
# and Omeda.
_FAMILIES = ("utm_", "mtm_", "pk_", "piwik_", "hsa_", "_hs", "fb_", "mc_", "mkt_", "vero_", "oly_")
# Click identifiers, a site's own marks of who shared a link and where, and what says where a reader comes from.
_NAMES = frozenset(
    (
        *("fbclid", "gclid", "gclsrc", "gbraid", "wbraid", "dclid", "msclkid", "yclid", "ttclid", "twclid", "srsltid"),
        *("igshid", "igsh", "li_fat_id", "epik", "rdt_cid", "s_cid", "s_kwcid", "si", "_ga", "_gl", "_ke"),
        *("ref", "ref_src", "ref_url", "referrer", "source"),
    )
)


def is_tracker(name: str) -> bool:
    """Whether a name is one that counts clicks, in any case of letters."""
    name = name.lower()
    return name in _NAMES or name.startswith(_FAMILIES)
