import EPP
import EPPClient
import GeventTesting
import Testing

@Suite(.inTurn)
struct `A registry error` {
    @Test(arguments: [
        (0, true), (1000, false), (2001, false), (2002, false), (2200, false), (2302, false), (2308, false),
        (2400, true),
        (2500, true), (2501, true), (2502, true),
    ]) func `is repeated where the connection or the registry failed`(code: Int, isRepeated: Bool) {
        #expect(RegistryError("x", code: ResultCode(code)).shouldRetry == isRepeated)
    }

    @Test func `without a code is repeated`() {
        let error = RegistryError("nobody knows")
        #expect(error.shouldRetry && error.isConnectionError)
        #expect(!error.isTransportError && !error.isServerError && !error.isSessionError && !error.isClientError)
    }

    @Test func `is repeated when the session was logged out, not for another use error`() {
        #expect(RegistryError("Registrar is not logged in.", code: .commandUseError).shouldRetry)
        #expect(!RegistryError("Registrar is already logged in.", code: .commandUseError).shouldRetry)
        #expect(!RegistryError("Registrar is not logged in.", code: .commandFailed).isClientError)
    }

    @Test(arguments: [2000, 2002, 2200, 2303, 2308]) func `from 2000 to 2308 is the client's`(code: Int) {
        let error = RegistryError("x", code: ResultCode(code))
        #expect(error.isClientError)
        #expect(!error.isServerError && !error.isSessionError && !error.isTransportError && !error.isConnectionError)
    }

    @Test func `tells the registry's failures from the session's end`() {
        #expect(RegistryError("x", code: .commandFailed).isServerError)
        #expect(RegistryError("x", code: .commandFailedClosing).isServerError)
        #expect(!RegistryError("x", code: .commandFailedClosing).isSessionError)
        #expect(RegistryError("x", code: .authenticationErrorClosing).isSessionError)
        #expect(RegistryError("x", code: .sessionLimitClosing).isSessionError)
    }

    @Test func `says message, code and note in one line`() {
        let error = RegistryError("Object exists", code: .objectExists, note: "a.gov")
        #expect(error.description == "Object exists (2302): a.gov")
    }

    @Test func `of a login is a refusal unless the registry has no session free`() {
        #expect(LoginError("x", code: .authenticationError).isRefusal)
        #expect(LoginError("x", code: .authenticationErrorClosing).isRefusal)
        #expect(!LoginError("x", code: .authenticationErrorClosing).shouldRetry)
        #expect(!LoginError("x", code: .sessionLimitClosing).isRefusal)
        #expect(LoginError("x", code: .sessionLimitClosing).shouldRetry)
    }
}
