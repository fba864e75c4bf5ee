function Step {
    $jobs = Join $script:state 'jobs'
    $own = "$(Value 'operation')-$(Value 'stage')"
    if ([IO.Directory]::Exists($jobs)) {
        foreach ($folder in [IO.DirectoryInfo]::new($jobs).GetDirectories()) {
            if ($folder.Name -eq $own -or $folder.Name.StartsWith("$own-", [StringComparison]::Ordinal)) { continue }
            [IO.Directory]::Delete($folder.FullName, $true)
            Set-Changed
        }
    }
    if ((Value 'stage') -ne 'pre-capture') { return }
    # Private keys that were made and never put in place.
    foreach ($key in Get-KeyFiles) { Remove-File "$key.new"; Remove-File "$key.new.pub" }
    Remove-File (Join $script:state 'host-keys.staged')
}
