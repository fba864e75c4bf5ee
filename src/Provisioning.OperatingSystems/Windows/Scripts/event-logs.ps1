function Step {
    # What is done here is an event itself, so once for each capture.
    $record = Join $script:state 'event-logs'
    if ((Read-File $record) -eq (Value 'operation')) { return }
    $list = Invoke-Program 'wevtutil.exe' @('enum-logs')
    if ($list.Code -ne 0) { throw "'wevtutil enum-logs' failed: $($list.Output)" }
    $failed = 0
    foreach ($log in $list.Output -split "`n" | ForEach-Object { $_.Trim() } | Where-Object { $_ }) {
        # Analytic logs cannot be emptied while they record.
        if ((Invoke-Program 'wevtutil.exe' @('clear-log', $log)).Code -ne 0) { $failed++ }
    }
    if ($failed -gt 0) { Say "$failed logs are in use and were not emptied." }
    Write-Text $record (Value 'operation')
    Set-Changed
}
