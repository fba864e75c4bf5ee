# Whatever came before was said by others.
Say (Value 'mark')
try {
    Step
} catch {
    # What is thrown inside a call of .NET comes wrapped.
    $problem = $_.Exception
    while ($null -ne $problem.InnerException -and -not ($problem -is [OperationCanceledException])) { $problem = $problem.InnerException }
    if (-not ($problem -is [OperationCanceledException])) { $script:result = 'failed' }
    Say $problem.Message
}
Say ''
Say "provisioning-step: $script:result"
