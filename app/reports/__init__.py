"""Papers: one definition of a report, drawn as a page, a spreadsheet, a PDF or a plain table."""
