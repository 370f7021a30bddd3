"""What is accepted of one report and of one archive; the page shows these numbers."""

# About fifty pages: the rules read it in well under a second, and both directions of the gateway hold it.
MAX_CHARACTERS = 100_000
# The letter of a long stay has thirty; a hundred are a whole record, and over MAX_CHARACTERS anyway.
MAX_PAGES = 100
# A long letter scanned in colour. It arrives in parts and is held in memory once.
MAX_FILE_BYTES = 20_000_000
# A morning of a large hospital, and a table that can still be looked through.
MAX_REPORTS = 500
# What the reports of one archive hold once unpacked: all of them are in memory at once.
MAX_UNPACKED_BYTES = 100_000_000
# The parts of a DOCX that hold its words. MAX_CHARACTERS take less; parsed, they take up to thirty times
# as much memory.
MAX_DOCX_XML_BYTES = 10_000_000
# What reading one PDF may take: its streams may unfold to any size, and a damaged one may lead anywhere.
MAX_PDF_MEMORY_BYTES = 512 * 1024 * 1024
MAX_PDF_SECONDS = 30
