import EPP
import Testing

@Suite
struct ResultCodeTests {
    @Test func `all codes of the protocol have a message`() {
        let numbers = ResultCode.all.map(\.rawValue)
        let expected =
            [1000, 1001, 1300, 1301, 1500] + Array(2000...2005) + Array(2100...2106) + Array(2200...2202)
            + Array(2300...2308) + [2400, 2500, 2501, 2502]
        #expect(numbers == expected)
        #expect(ResultCode.objectExists.description == "2302 Object exists")
        #expect(ResultCode(2999).description == "2999")
    }

    @Test func `success is 1000 to 1999`() {
        #expect(ResultCode.all.filter(\.isSuccess).map(\.rawValue) == [1000, 1001, 1300, 1301, 1500])
        #expect(!ResultCode.transport.isSuccess)
    }

    @Test func `1500 and 2500 to 2502 end the session`() {
        #expect(ResultCode.all.filter(\.endsSession).map(\.rawValue) == [1500, 2500, 2501, 2502])
        #expect(!ResultCode.transport.endsSession)
    }
}
