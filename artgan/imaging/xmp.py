"""XMP that says how a picture came about, for programs that have never heard of artgan.

The property is IPTC's digital source type, by which platforms and the transparency rules for synthetic images know
pictures that a trained algorithm made (IPTC Photo Metadata Standard 2023.1, section "Digital Source Type"; XMP in PNG:
XMP specification part 3, section 1.1.5).
"""

KEYWORD = "XML:com.adobe.xmp"
"""Keyword of the text chunk that holds XMP in a PNG."""

SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"


def packet() -> str:
    """An XMP packet for a picture that artgan has made; the same for all, so that files depend on nothing but these."""
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" '
        'xmlns:xmp="http://ns.adobe.com/xap/1.0/">'
        f"<Iptc4xmpExt:DigitalSourceType>{SOURCE_TYPE}</Iptc4xmpExt:DigitalSourceType>"
        "<xmp:CreatorTool>artgan</xmp:CreatorTool>"
        '</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="r"?>'
    )
