"""XMP metadata that marks pictures as generated, for programs that have never heard of artgan.

It sets IPTC's digital source type, by which platforms and transparency rules for synthetic images recognise pictures
made by a trained algorithm (IPTC Photo Metadata Standard 2023.1, section "Digital Source Type"; XMP in PNG: XMP
specification part 3, section 1.1.5).
"""

KEYWORD = "XML:com.adobe.xmp"
"""Keyword of a PNG's text chunk with XMP."""

SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"


def packet() -> str:
    """Return the XMP packet of a generated picture; it is always the same, so that files are reproducible."""
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" '
        'xmlns:xmp="http://ns.adobe.com/xap/1.0/">'
        f"<Iptc4xmpExt:DigitalSourceType>{SOURCE_TYPE}</Iptc4xmpExt:DigitalSourceType>"
        "<xmp:CreatorTool>artgan</xmp:CreatorTool>"
        '</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="r"?>'
    )
