import EPP
import Testing

@Suite
struct TimestampTests {
    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0), ("1970-01-01T00:00:00.25Z", 0.25), ("2000-02-29T23:59:59Z", 951_868_799),
        ("2026-03-01T22:00:00.0Z", 1_772_402_400), ("1969-12-31T23:59:59Z", -1),
        ("2026-03-01T23:00:00+01:00", 1_772_402_400),
        ("2026-03-01T16:30:00-05:30", 1_772_402_400), ("2026-03-01T22:00:00", 1_772_402_400),
        ("2026-03-01 22:00:00", 1_772_402_400), ("2026-03-01", 1_772_323_200), ("2026-03-01Z", 1_772_323_200),
        ("1900-01-01T00:00:00Z", -2_208_988_800), ("9999-12-31T23:59:59Z", 253_402_300_799),
    ]) func `a date is read`(text: String, seconds: Double) {
        #expect(Timestamp(text).secondsSince1970 == seconds)
        #expect(Timestamp(text).text == text)
    }

    @Test(arguments: [
        "", "today", "2026", "2026-13-01T00:00:00Z", "2026-00-01", "2026-02-29T00:00:00Z", "1900-02-29", "2026-04-31",
        "2026-01-01T24:00:01Z", "2026-01-01T00:60:00Z", "2026-01-01T00:00:00.Z", "2026-01-01T00:00Z",
        "2026-01-01T00:00:00ZZ",
        "2026-01-01T00:00:00+1:00", "2026-01-01T00:00:00+99:00", "26-01-01T00:00:00Z", "2026-1-1",
        // XML Schema has no year 0, and no zone beyond 14 hours.
        "0000-01-01", "2026-01-01T00:00:00+14:01",
    ]) func `what is no date keeps its text`(text: String) {
        #expect(Timestamp(text).secondsSince1970 == nil)
        #expect(Timestamp(text).description == text)
    }

    @Test func `a date is written in UTC`() {
        #expect(Timestamp(secondsSince1970: 0).text == "1970-01-01T00:00:00Z")
        #expect(Timestamp(secondsSince1970: 1_772_402_400.5).text == "2026-03-01T22:00:00.500Z")
        #expect(Timestamp(secondsSince1970: -0.25).text == "1969-12-31T23:59:59.750Z")
        #expect(Timestamp(secondsSince1970: 951_782_400).text == "2000-02-29T00:00:00Z")
    }

    @Test func `every day of some centuries comes back`() {
        for day in stride(from: -62_135_596_800, through: 253_402_214_400, by: 86_400 * 97) {
            let seconds = Double(day + 45_296)
            #expect(Timestamp(secondsSince1970: seconds).secondsSince1970 == seconds)
        }
    }
}
