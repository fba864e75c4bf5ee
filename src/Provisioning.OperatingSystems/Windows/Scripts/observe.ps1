# Reads only. argument1: most bytes of currentimage.txt.
function Step {
    $seed = "$(Get-RegistryValue 'SOFTWARE\Microsoft\Cryptography' 'MachineGuid') $(Get-BootTicks)"
    $hash = [Security.Cryptography.SHA256]::Create().ComputeHash([Text.Encoding]::UTF8.GetBytes($seed))
    Say "boot-id $([Guid]::new([byte[]]$hash[0..15]))"
    Say-CurrentImage (Join $script:state 'currentimage.txt') ([int](Value 'argument1'))
    Say-Keys
}
function Say-CurrentImage([string]$file, [int]$limit) {
    if ([IO.Directory]::Exists($file)) { Say 'unreadable it is not a file'; return }
    try {
        # Opened, not asked for: a file in a folder that may not be read would count as missing.
        $stream = [IO.File]::Open($file, 'Open', 'Read', 'ReadWrite, Delete')
    } catch {
        $problem = $_.Exception
        while ($null -ne $problem.InnerException) { $problem = $problem.InnerException }
        if ($problem -is [IO.FileNotFoundException] -or $problem -is [IO.DirectoryNotFoundException]) { Say 'missing' } else { Say "unreadable the machine cannot read it: $($problem.Message -replace '\s+', ' ')" }
        return
    }
    try {
        $bytes = [byte[]]::new($limit + 1)
        $size = 0
        do { $read = $stream.Read($bytes, $size, $bytes.Length - $size); $size += $read } while ($read -gt 0)
        # As hexadecimal digits, so that no byte of it can be taken for an answer of ours.
        Say "contents $([BitConverter]::ToString($bytes, 0, $size).Replace('-', ''))"
    } finally { $stream.Dispose() }
}
