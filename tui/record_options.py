"""The arguments of `goscope record`, as text: what they mean is found out by `tui.record_command`."""

from argparse import ArgumentParser

from capture.live import USUAL_TAKE

_RULES = """
RULE       CONDITION [for TIME] [until CONDITION | until OPERATOR VALUE]
CONDITION  PromQL that compares what the program serves at /metrics; sizes may be written 500MB or 2GiB
for        how long it must hold, for one series all the time: 30s, 1m30s
until      what arms it again; without it, that the condition no longer holds

  --when 'go_goroutines > 5000 for 30s until < 4000'
  --when 'go_memstats_heap_inuse_bytes > 2GB until < 1GB'
  --when 'rate(process_cpu_seconds_total[1m]) > 0.8 and go_goroutines > 1000 for 1m'
  --when 'increase(http_requests_total{code=~"5.."}[1m]) > 10 or delta(go_memstats_heap_alloc_bytes[2m]) > 100MB'

Credentials are taken from GOSCOPE_TOKEN (bearer), GOSCOPE_USER and GOSCOPE_PASSWORD, or ~/.netrc; certificates also
from GOSCOPE_TLS_CA, GOSCOPE_TLS_CERT and GOSCOPE_TLS_KEY."""


def add_record_options(parser: ArgumentParser) -> None:
    """What is recorded, where to, how often, how long, and what sets it off."""
    parser.epilog = _RULES
    parser.add_argument(
        "names",
        nargs="+",
        metavar="URL... DIR",
        help="processes to record: http://host:6060, host:6060, https://host/internal/debug/pprof, unix:/path.sock, "
        "https+insecure://host for any certificate; and the directory to record into",
    )
    parser.add_argument("--every", default="", metavar="TIME", help="take all of them so often (default: 60s)")
    parser.add_argument(
        "--take",
        default=USUAL_TAKE,
        metavar="KINDS",
        help=f"what is taken (default: {USUAL_TAKE}); with a time behind them heap, allocs, block, mutex and goroutine "
        "are differences over it; flight=/path is a flight recorder's dump",
    )
    parser.add_argument("--for", default="", dest="lasting", metavar="TIME", help="stop after this (default: never)")
    parser.add_argument("--once", action="store_true", help="take all of them once, and stop")
    parser.add_argument(
        "--keep", default="200", metavar="N", help="captures of each kind of each process that stay, 0: all (200)"
    )
    parser.add_argument("--max-bytes", default="1GB", metavar="SIZE", help="what stays takes at most so much (1GB)")
    parser.add_argument(
        "--when",
        action="append",
        default=[],
        metavar="RULE",
        help="take captures when this comes true, on a schedule only with --every; may be repeated",
    )
    parser.add_argument("--metrics", default="/metrics", metavar="URL", help="where metrics are served (/metrics)")
    parser.add_argument(
        "--scrape", default="", metavar="TIME", help="how often they are looked at (5s, or as rules need)"
    )
    parser.add_argument("--burst", default="3", metavar="N", help="rounds of captures for an event (default: 3)")
    parser.add_argument("--gap", default="10s", metavar="TIME", help="between these rounds (default: 10s)")
    parser.add_argument(
        "--cool-down", default="10m", metavar="TIME", help="no rule fires again before this is over (default: 10m)"
    )
    add_tls_options(parser)


def add_tls_options(parser: ArgumentParser) -> None:
    """As `go tool pprof` calls them."""
    parser.add_argument("--tls-ca", default="", metavar="FILE", help="who signed the processes' certificates")
    parser.add_argument("--tls-cert", default="", metavar="FILE", help="the certificate to show to processes")
    parser.add_argument("--tls-key", default="", metavar="FILE", help="the key that belongs to it")
