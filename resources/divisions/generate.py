"""Make `divisions.tsv` anew: python3 resources/divisions/generate.py FOLDER

FOLDER holds provinces.csv, cities.csv and areas.csv of github.com/modood/Administrative-divisions-of-China (its `dist`
folder). Only codes and names are taken. Rows that are no places (市辖区) and zones that the state's
list of divisions does not know (codes ..71 to ..79 of the statistics office) are left out.
"""

import csv
import sys
from pathlib import Path

NO_PLACES = ("市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划")
BEYOND = {"710000": "台湾省", "810000": "香港特别行政区", "820000": "澳门特别行政区"}


def rows(folder: Path, name: str) -> list[tuple[str, str]]:
    found = next(p for p in (folder / f"{name}.csv", folder / f"dist_{name}.csv") if p.exists())
    with found.open(encoding="utf-8", newline="") as file:
        return [(row["code"].ljust(6, "0"), row["name"]) for row in csv.DictReader(file)]


def main(folder: Path) -> None:
    places = dict(BEYOND)
    for name in ("areas", "cities", "provinces"):
        for code, place in rows(folder, name):
            zone = name == "areas" and "71" <= code[4:] <= "79"
            if place not in NO_PLACES and not zone:
                places[code] = place
    alone = [code for code, place in places.items() if code[4:] != "00" and places.get(code[:4] + "00") == place]
    for code in alone:  # 嘉峪关市 has no districts
        del places[code]
    lines = [f"{code}\t{place}\n" for code, place in sorted(places.items())]
    Path(__file__).with_name("divisions.tsv").write_text("".join(lines), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
