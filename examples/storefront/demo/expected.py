#!/usr/bin/env python3
"""What the storefront has to hold after the first N invoices of the file, as JSON.

An independent calculation: it shares no code with the demo, only the rules of data/README.md. Standard library only.

    python3 expected.py [N]
"""
import csv
import gzip
import json
import re
import sys
from collections import Counter, defaultdict
from decimal import Decimal
from itertools import permutations
from pathlib import Path

DATA = Path(__file__).resolve().parent.parent / "data"


def cause(row):
    """The first cause why a row cannot be used, or None."""
    if (
        not re.fullmatch(r"C?[0-9]{6}", row["InvoiceNo"])
        or not re.fullmatch(r"-?[0-9]+", row["Quantity"])
        or not re.fullmatch(r"-?[0-9]+(\.[0-9]{1,2})?", row["UnitPrice"])
        or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}", row["InvoiceDate"])
        or not row["Country"].strip()
    ):
        return "malformed"
    quantity = int(row["Quantity"])
    cancelled = row["InvoiceNo"][0] == "C"
    if not re.fullmatch(r"[0-9]{5}[A-Z]{0,2}|DCGS[0-9]{4}", row["StockCode"].upper()):
        return "not a product"
    if not row["Description"].split():
        return "no description"
    if Decimal(row["UnitPrice"]) <= 0:
        return "price not positive"
    if quantity == 0:
        return "quantity zero"
    if quantity < 0 and not cancelled:
        return "negative quantity outside a cancellation"
    if quantity > 0 and cancelled:
        return "positive quantity in a cancellation"
    return None


def category(description, categories):
    letters = "".join(c for c in description.upper() if c not in "-'")
    words = set("".join(c if "A" <= c <= "Z" else " " for c in letters).split())
    for name, some in categories.items():
        if any(word in words or word + "S" in words for word in some.split()):
            return name
    return "other"


def read(limit):
    """The rows of the first invoices; the time, customer and country of an invoice are those of its first row."""
    heads, usable, unusable, rows = {}, [], Counter(), 0
    with gzip.open(DATA / "online-retail-2010-12.csv.gz", "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            number = row["InvoiceNo"]
            if number not in heads:
                if limit is not None and len(heads) == limit:
                    continue
                customer = row["CustomerID"].strip()
                heads[number] = {
                    "at": row["InvoiceDate"],
                    "day": row["InvoiceDate"].split(" ")[0],
                    "customer": str(int(float(customer))) if customer else None,
                    "country": row["Country"].strip(),
                }
            rows += 1
            why = cause(row)
            if why:
                unusable[why] += 1
                continue
            usable.append(
                {
                    **heads[number],
                    "invoice": number,
                    "code": row["StockCode"].upper(),
                    "description": " ".join(row["Description"].split()),
                    "units": abs(int(row["Quantity"])),
                    "price": int(Decimal(row["UnitPrice"]) * 100),
                    "cancelled": number[0] == "C",
                }
            )
    return heads, usable, unusable, rows


def catalog(usable, categories):
    """Each product with its description, category and every price it had, with the day from which it had it."""
    seen = defaultdict(lambda: defaultdict(list))
    products = {}
    for row in usable:
        if row["cancelled"]:
            continue
        seen[row["code"]][row["day"]].append(row["price"])
        products.setdefault(
            row["code"],
            {
                "description": row["description"],
                "category": category(row["description"], categories),
                "prices": [],
            },
        )
    for code, days in seen.items():
        prices = products[code]["prices"]
        for day in sorted(days):
            paid = days[day]
            price = max(paid, key=lambda p: (paid.count(p), -paid.index(p)))
            if not prices or prices[-1][1] != price:
                prices.append([day, price])
    return products


def matches(usable):
    """What each line of a return goes back to: (return, line, sale, line, units), the units left over, and what is left
    of each line of the sales to a known customer."""
    lines = Counter()
    sold = defaultdict(list)
    found, left_over = [], 0
    for row in usable:
        lines[row["invoice"]] += 1
        number, key = lines[row["invoice"]], (row["customer"], row["code"])
        if not row["cancelled"]:
            sold[key].append([row["at"], row["invoice"], number, row["units"]])
            continue
        wanted = row["units"]
        if row["customer"] is not None:
            for lot in sorted(sold[key], reverse=True):
                units = min(lot[3], wanted)
                if units and lot[0] <= row["at"]:
                    lot[3] -= units
                    wanted -= units
                    found.append([row["invoice"], number, lot[1], lot[2], units])
        left_over += wanted
    left = defaultdict(dict)
    for (customer, _), bought in sold.items():
        for _, invoice, number, units in bought if customer is not None else []:
            left[invoice][number] = units
    return found, left_over, {invoice: [of[n] for n in sorted(of)] for invoice, of in left.items()}


def totals(usable, found):
    """Sales and returns by day and country; a return counts on its own day."""
    result = defaultdict(Counter)
    invoices = defaultdict(set)
    heads = {}
    for row in usable:
        key = (row["day"], row["country"])
        heads[row["invoice"]] = key
        kind = "returns" if row["cancelled"] else "sales"
        invoices[key, kind].add(row["invoice"])
        result[key]["unitsReturned" if row["cancelled"] else "units"] += row["units"]
        result[key]["refunds" if row["cancelled"] else "revenue"] += row["units"] * row["price"]
    for (key, kind), numbers in invoices.items():
        result[key][kind] = len(numbers)
    for number, _, _, _, units in found:
        result[heads[number]]["unitsMatched"] += units
    names = ["sales", "units", "revenue", "returns", "unitsReturned", "refunds", "unitsMatched"]
    return [{"day": d, "country": c, **{n: result[d, c][n] for n in names}} for d, c in sorted(result)]


def baskets(usable):
    """How often two products were in one basket, how many baskets were counted, and how many were too large."""
    products = defaultdict(set)
    for row in usable:
        if not row["cancelled"]:
            products[row["invoice"]].add(row["code"])
    counted = [basket for basket in products.values() if len(basket) <= 50]
    together = Counter(pair for basket in counted for pair in permutations(basket, 2))
    result = defaultdict(dict)
    for (product, other), times in sorted(together.items()):
        result[product][other] = times
    return result, len(counted), len(products) - len(counted)


def main(limit):
    categories = json.loads((DATA / "categories.json").read_text())
    heads, usable, unusable, rows = read(limit)
    products = catalog(usable, categories)
    found, left_over, lots = matches(usable)
    with_rows = {row["invoice"] for row in usable}
    together, counted, skipped = baskets(usable)
    json.dump(
        {
            "invoices": len(heads),
            "rows": rows,
            "unusable": dict(sorted(unusable.items())),
            "empty": sorted(set(heads) - with_rows),
            "sales": sum(1 for n in with_rows if n[0] != "C"),
            "returns": sum(1 for n in with_rows if n[0] == "C"),
            "lines": len(usable),
            "priceChanges": sum(len(p["prices"]) - 1 for p in products.values()),
            "products": products,
            "matches": sorted(found),
            "unmatchedUnits": left_over,
            "lots": lots,
            "totals": totals(usable, found),
            "boughtTogether": together,
            "baskets": counted,
            "basketsSkipped": skipped,
        },
        sys.stdout,
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else None)
