function Step {
    $load = Value 'load'
    if ($load -eq '') { throw (Stop-As 'skipped' 'the machine was adopted, not loaded') }
    if ((Read-File (Join $script:state 'host-keys')) -eq $load) { return }
    $files = @(Get-KeyFiles)
    if ($files.Length -eq 0) { throw (Stop-As 'skipped' "no SSH host keys were found in $(Get-KeyFolder)") }

    $list = Join $script:state 'host-keys.staged'
    $ready = (Read-File $list) -eq "$load`n$($files -join "`n")"
    foreach ($file in $files) { if ($ready -and ((-not [IO.File]::Exists("$file.new")) -or (Get-PublicKey "$file.new") -eq '')) { $ready = $false } }
    if (-not $ready) {
        foreach ($file in $files) { New-Key $file }
        Write-Text $list "$load`n$($files -join "`n")"
        Set-Changed
    }
    Say-Keys
    foreach ($file in $files) { Say "new-host-key $(Get-PublicKey "$file.new")" }
}
function New-Key([string]$file) {
    foreach ($old in "$file.new", "$file.new.pub") { if ([IO.File]::Exists($old)) { [IO.File]::Delete($old) } }
    $kind = (Get-PublicKey $file).Split(' ')[0]
    $what = switch -regex ($kind) {
        '^ssh-rsa$' { @('-t', 'rsa', '-b', '3072') }
        '^ssh-ed25519$' { @('-t', 'ed25519') }
        '^ecdsa-sha2-nistp(\d+)$' { @('-t', 'ecdsa', '-b', $kind.Substring(19)) }
        default { throw "$file holds a key of a kind that is not known: '$kind'." }
    }
    $run = Invoke-Program 'ssh-keygen.exe' (@('-q') + $what + @('-N', '', '-C', '', '-f', "$file.new"))
    if ($run.Code -ne 0 -or (Get-PublicKey "$file.new") -eq '') { throw "No new key can be made for ${file}: $($run.Output)" }
    # The server refuses a private key that others can read.
    Protect-Path "$file.new"
}
