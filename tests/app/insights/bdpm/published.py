"""A BDPM of a few medicines, written as the database writes its files."""

import gzip
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

SOLD = ("Autorisation active", "Commercialisée")


@dataclass
class Published:
    """Rows of the files, medicine by medicine; `write` makes the files."""

    medicines: list[str] = field(default_factory=list)
    compositions: list[str] = field(default_factory=list)
    codes: count = field(default_factory=lambda: count(60000001))

    def add(
        self, name, *components, status=SOLD, procedure="Procédure nationale", day="12/03/1998", holder="LABO"
    ):
        """Add a medicine; a component is (substance, "SA" or "FT", link number), or a substance."""
        code = str(next(self.codes))
        cells = (code, name, "comprimé", "orale", status[0], procedure, status[1], day, "", "", holder, "Non")
        self.medicines.append("\t".join(cells))
        for number, component in enumerate(components, 1):
            substance, nature, link = component if isinstance(component, tuple) else (component, "SA", number)
            row = (code, "comprimé", "00001", substance, "1 mg", "un comprimé", nature, str(link), "")
            self.compositions.append("\t".join(row))
        return code

    def write(self, folder: Path, *, encoding="utf-8", zipped=False, end="\r\n") -> Path:
        """Write the files into `folder`."""
        first = self.medicines[0].split("\t")[0]
        texts = {
            "CIS_bdpm.txt": self.medicines,
            "CIS_COMPO_bdpm.txt": self.compositions,
            "CIS_MITM.txt": [f"{first}\tC07AB07\tX\thttps://example.org/"],
        }
        folder.mkdir(exist_ok=True)
        for name, lines in texts.items():
            content = "".join(line + end for line in lines).encode(encoding)
            if zipped:
                (folder / f"{name}.gz").write_bytes(gzip.compress(content))
            else:
                (folder / name).write_bytes(content)
        return folder
