function Step {
    foreach ($profile in Get-Profiles) {
        $folder = [IO.Path]::Combine($profile, 'AppData', 'Roaming', 'Microsoft', 'Windows', 'PowerShell', 'PSReadLine')
        if (-not [IO.Directory]::Exists($folder)) { continue }
        foreach ($file in [IO.Directory]::GetFiles($folder, '*_history.txt')) { Remove-File $file }
    }
}
