"""The README.txt of every bundle: the same words each time, in both languages."""

from __future__ import annotations

README = """\
WHAT THIS FILE IS

photo-troubleshooter wrote this bundle to find out why a person's Microsoft 365 photo does not show.
It was only read, nothing was changed. You can open every file in it before you send it.

  manifest.json    what is in the bundle, what could not be read and why, and a check sum of
                   every file; "redacted" says whether names were replaced
  people.jsonl     one line for each person: who it is, what is known, which pictures there are
  evidence.jsonl   what was read: one line for each person
  pictures         the photos of each person, as the services keep them; a redacted bundle has none

In a redacted bundle names, addresses, ids, hosts and the tenant are pseudonyms. The private map
that leads back to the real names is not in here; whoever made the bundle has it.
What stays readable: dates and times, licences and settings, countries of use, error codes, and
sizes and fingerprints of pictures. A fingerprint shows no face, but whoever has a photo can tell
from it whether it is this one; and who knows when an account was made may recognise it.

To look at it:      photo-troubleshooter bundle show FILE.zip
To get the answer:  photo-troubleshooter analyze FILE.zip


ŠTO JE OVA DATOTEKA

photo-troubleshooter je zapisao ovaj paket da bi se saznalo zašto se fotografija osobe u
Microsoftu 365 ne vidi. Podaci su samo pročitani, ništa nije promijenjeno. Prije slanja možete
otvoriti svaku datoteku.

  manifest.json    što je u paketu, što se nije moglo pročitati i zašto, i kontrolni zbroj
                   svake datoteke; "redacted" kazuje jesu li imena zamijenjena
  people.jsonl     po jedan redak za svaku osobu: tko je, što je poznato, koje slike postoje
  evidence.jsonl   što je pročitano: po jedan redak za svaku osobu
  pictures         fotografije svake osobe, onakve kakve ih usluge čuvaju; redigirani paket ih nema

U redigiranom paketu imena, adrese, oznake, poslužitelji i organizacija zamijenjeni su
pseudonimima. Privatna mapa koja vodi natrag do pravih imena nije ovdje; ima je onaj tko je paket
napravio. Čitljivo ostaje: datumi i vremena, licencije i postavke, zemlje korištenja, kodovi
pogrešaka te veličine i otisci slika. Otisak ne pokazuje lice, ali tko ima fotografiju, može po
njemu utvrditi je li to ona; a tko zna kad je račun otvoren, mogao bi ga prepoznati.

Za pregled:    photo-troubleshooter bundle show FILE.zip
Za odgovor:    photo-troubleshooter analyze FILE.zip
"""
