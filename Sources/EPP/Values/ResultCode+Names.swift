extension ResultCode {
    /// 0: no code of a registry, the connection failed.
    public static let transport = ResultCode(0)

    /// 1000
    public static let success = ResultCode(1000)
    /// 1001: accepted, to be done later; a message in the queue will tell.
    public static let successPending = ResultCode(1001)
    /// 1300: the answer to a poll of an empty queue.
    public static let successNoMessages = ResultCode(1300)
    /// 1301: the answer to a poll with a message, which is to be acknowledged.
    public static let successAckToDequeue = ResultCode(1301)
    /// 1500: the answer to logout.
    public static let successEndingSession = ResultCode(1500)

    /// 2000
    public static let unknownCommand = ResultCode(2000)
    /// 2001
    public static let commandSyntaxError = ResultCode(2001)
    /// 2002: a command at the wrong time, such as one before login.
    public static let commandUseError = ResultCode(2002)
    /// 2003
    public static let requiredParameterMissing = ResultCode(2003)
    /// 2004
    public static let parameterRangeError = ResultCode(2004)
    /// 2005
    public static let parameterSyntaxError = ResultCode(2005)

    /// 2100
    public static let unimplementedVersion = ResultCode(2100)
    /// 2101
    public static let unimplementedCommand = ResultCode(2101)
    /// 2102
    public static let unimplementedOption = ResultCode(2102)
    /// 2103
    public static let unimplementedExtension = ResultCode(2103)
    /// 2104
    public static let billingFailure = ResultCode(2104)
    /// 2105
    public static let notEligibleForRenewal = ResultCode(2105)
    /// 2106
    public static let notEligibleForTransfer = ResultCode(2106)

    /// 2200: wrong credentials.
    public static let authenticationError = ResultCode(2200)
    /// 2201: not the object's sponsor.
    public static let authorizationError = ResultCode(2201)
    /// 2202
    public static let invalidAuthorization = ResultCode(2202)

    /// 2300
    public static let objectPendingTransfer = ResultCode(2300)
    /// 2301
    public static let objectNotPendingTransfer = ResultCode(2301)
    /// 2302
    public static let objectExists = ResultCode(2302)
    /// 2303
    public static let objectDoesNotExist = ResultCode(2303)
    /// 2304
    public static let statusProhibitsOperation = ResultCode(2304)
    /// 2305
    public static let associationProhibitsOperation = ResultCode(2305)
    /// 2306
    public static let parameterPolicyError = ResultCode(2306)
    /// 2307
    public static let unimplementedObjectService = ResultCode(2307)
    /// 2308
    public static let dataPolicyViolation = ResultCode(2308)

    /// 2400
    public static let commandFailed = ResultCode(2400)
    /// 2500
    public static let commandFailedClosing = ResultCode(2500)
    /// 2501
    public static let authenticationErrorClosing = ResultCode(2501)
    /// 2502
    public static let sessionLimitClosing = ResultCode(2502)
}
