function Step {
    $gone = Clear-Folder (Join (Folder 'Windows') 'Temp')
    foreach ($profile in Get-Profiles) {
        $gone += Clear-Folder ([IO.Path]::Combine($profile, 'AppData', 'Local', 'Temp'))
    }
    if ($gone -gt 0) { Set-Changed }
}
