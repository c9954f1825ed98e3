import Testing

@testable import HTTPRepresentation

@Suite struct AcceptEncodingTests {
    @Test(
        "gzip is used only if Accept-Encoding prefers it",
        arguments: [
            (nil, false), ("", false), ("gzip", true), ("GZIP", true), ("x-gzip", true), ("*", true), ("br", false),
            ("gzip;q=0", false), ("gzip; q=0.5, identity", false), ("gzip;q=0.5, identity;q=0.5", true),
            ("*;q=0", false), ("*, gzip;q=0", false), ("deflate, gzip;q=1.0, *;q=0.5", true), ("gzip;q=x", false),
            ("\tgzip ", true), ("br, ,Gzip ; Q=0.8", true), ("gzip;level=1;q=0", false), ("gz ip", false),
            ("gzip;q=", false),
            ("gzip;q = 0", false), ("gzip;q", false),
            ("gzip; q =\t1", true), (";q=1", false), ("gzip,gzip;q=0", false), ("gzip;", true), ("agzip", false),
            ("gzip\u{0}", false),
            ("x-gzip, gzip;q=0", false), ("identity, gzip;q=0.9", false), (" ", false), (",", false), ("é, gzip", true),
            ("gzip;q=inf", false), ("gzip;q=nan", false), ("gzip;q=infinity", false), ("gzip;q=1e9", false),
            ("gzip;q=1e0", false), ("gzip;q=0x1", false), ("gzip;q=1.0000", false), ("gzip;q=1.001", false),
            ("gzip;q=2", false), ("gzip;q=-1", false), ("gzip;q=+1", false), ("gzip;q=.5", false),
            ("gzip;q=00.5", false),
            ("gzip;q=0.5555", false), ("gzip;q=1.000", true), ("gzip;q=1.", true), ("gzip;q=0.001", true),
            ("gzip;q=0.000", false), ("gzip;q=0.5, identity;q=inf", true), ("gzip;q=0.5, identity;q=0.501", false),
            ("gzip;q=\"1\"", false), ("gzip;q=1 1", false), ("gzip;\tq=0.5\t", true), ("*;q=1e1", false),
        ] as [(String?, Bool)])
    func negotiation(field: String?, isCompressed: Bool) {
        #expect(AcceptEncoding(field).prefersGzip == isCompressed)
    }
}
