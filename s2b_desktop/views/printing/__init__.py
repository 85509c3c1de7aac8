"""Papers: pick lists, packing slips and labels, on a printer or as PDF."""
