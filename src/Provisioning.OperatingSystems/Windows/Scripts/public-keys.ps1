function Get-KeyFolder { Join (Folder 'ProgramData') 'ssh' }
# The private host key files of the server.
function Get-KeyFiles {
    foreach ($kind in 'rsa', 'ecdsa', 'ed25519') {
        $file = Join (Get-KeyFolder) "ssh_host_${kind}_key"
        if ([IO.File]::Exists($file)) { $file }
    }
}
# The public key of a private one, from the private key itself, since a .pub beside it may be another's. Empty if it is none.
function Get-PublicKey([string]$file) {
    $run = Invoke-Program 'ssh-keygen.exe' @('-y', '-f', $file)
    if ($run.Code -ne 0) { return '' }
    $words = $run.Output.Trim() -split '\s+'
    if ($words.Length -lt 2) { '' } else { "$($words[0]) $($words[1])" }
}
function Say-Keys { foreach ($file in Get-KeyFiles) { Say "host-key $(Get-PublicKey $file)" } }
