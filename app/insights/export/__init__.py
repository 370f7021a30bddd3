"""What a reader takes away from a dossier: functions of plain values that return bytes, and read no clock.

    pdf, word      the sheet that is signed, both from `content`
    record         JSON in the shape of the annotated reports, with what led to it
    tables         CSV of medicines and of reconciliations
    fhir           a FHIR R4 bundle, with the French reconciliation extension
    archive        all of these for many dossiers, as one ZIP

Libraries that write a format are imported when it is first written.
"""
