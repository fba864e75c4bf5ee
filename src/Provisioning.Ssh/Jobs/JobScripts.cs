namespace Provisioning.Ssh.Jobs;

/// <summary>
/// The shell side of detached jobs: POSIX sh with coreutils or busybox, plus flock and setsid. Values reach the scripts as positional arguments only.
/// <para>
/// In the job directory: command (what runs), pid ("pid start-time boot-id": a recycled process id or another boot is not mistaken for the job), log,
/// progress, exit (the code; appears whole, by rename). The lock file of the fence is held from the making of the job directory until the runner has written its
/// pid: whoever holds the lock and sees a directory without pid knows that the script never began.
/// </para>
/// </summary>
internal static class JobScripts
{
    public const string EndMark = "end-of-report";

    private const string Functions =
        """
        umask 077; LC_ALL=C; export LC_ALL
        refuse() { printf 'state=%s\ndetail=%s\nlog=\n\nend-of-report\n' "$1" "$2"; exit 0; }
        # Sets "begun_now" to when a process was started, and "dead" to 1 if it has ended and nobody saw to that yet. By builtins alone: this is asked with every look at a job.
        started() {
          begun_now= dead=
          { read -r line <"/proc/$1/stat"; } 2>/dev/null || return 0
          set -- ${line##*) }
          begun_now=${20}
          case ${1:-Z} in Z|X) dead=1 ;; esac
        }
        alive() {
          pid= begun= boot= boot_now=
          read -r pid begun boot 2>/dev/null <"$1/pid" || return 1
          read -r boot_now </proc/sys/kernel/random/boot_id
          [ "$boot" = "$boot_now" ] || return 1
          started "$pid"
          # Another process has its number.
          [ -z "$begun_now" ] || [ "$begun_now" = "$begun" ] || return 1
          [ "$begun_now" != "$begun" ] || [ -n "$dead" ] || return 0
          # The leader is gone, but what it started may still be at work.
          kill -s 0 -- "-$pid" 2>/dev/null && works "$pid"
        }
        # Whether anyone of a process group works. For kill the dead count until their parent has seen to them, and some hosts are slow at that.
        works() {
          for each in /proc/[0-9]*/stat; do
            { read -r line <"$each"; } 2>/dev/null || continue
            case ${line##*) } in [ZX]*) ;; ?" "*" $1 "*) group "$1" ${line##*) } && return 0 ;; esac
          done
          return 1
        }
        group() { [ "$4" = "$1" ]; }
        halt() {
          tries=0
          while alive "$1"; do
            case $tries in 0) kill -s TERM -- "-$pid" 2>/dev/null ;; 20) kill -s KILL -- "-$pid" 2>/dev/null ;; 40) return 1 ;; esac
            tries=$((tries + 1)); sleep 0.1
          done
        }
        look() {
          code=
          if [ ! -d "$1" ]; then state=missing; return; fi
          if [ ! -f "$1/pid" ]; then state=unborn; return; fi
          state=lost
          if [ ! -f "$1/exit" ] && alive "$1"; then state=running; return; fi
          [ -f "$1/exit" ] && read -r code <"$1/exit"
          case $code in ''|*[!0-9]*) code= ;; *) state=exited ;; esac
        }
        report() {
          look "$1"
          printf 'state=%s\nstarted=%s\ncode=%s\n' "$state" "$2" "$code"
          [ ! -f "$1/progress" ] || printf 'progress=%s\n' "$(head -c 200 "$1/progress" | tr -cd ' -~')"
          printf 'log=\n'
          [ ! -s "$1/log" ] || tail -c 16000 "$1/log"
          printf '\nend-of-report\n'
        }
        lock() {
          [ -d "${fence%/*}" ] || (umask 066; mkdir -p "${fence%/*}")
          { command : >>"$fence.lock"; } 2>/dev/null || refuse unusable "cannot write $fence.lock"
          exec 9>>"$fence.lock"
          flock -w 10 9 || refuse busy 'another command holds the lock of this machine'
        }
        halt_others() {
          for other in "$dir"/jobs/*/*/; do
            case $other in "$dir/jobs/$operation/"*) continue ;; esac
            [ ! -f "${other}pid" ] || halt "${other%/}" || refuse busy "the older job $other does not end"
          done
        }
        forget_old() {
          ls -1t "$dir/jobs" 2>/dev/null | tail -n +4 | while read -r old; do
            [ "$old" = "$operation" ] || rm -rf -- "$dir/jobs/$old"
          done
        }
        pass_fence() {
          seen_owner= seen_sequence=0 seen_operation=
          [ ! -s "$fence" ] || read -r seen_owner seen_sequence seen_operation <"$fence"
          if [ "$seen_owner" = "$owner" ]; then
            [ "$sequence" -ge "$seen_sequence" ] || refuse fenced "operation $seen_operation has number $seen_sequence, this one $sequence"
            [ "$sequence" -gt "$seen_sequence" ] || [ "$operation" = "$seen_operation" ] || refuse fenced "operation $seen_operation has the same number $sequence"
          elif grep -qxF -- "$owner" "$fence.retired" 2>/dev/null; then
            refuse fenced 'the object of this operation was replaced by another of the same name'
          fi
          [ ! -d "$dir/jobs/$operation/abandoned" ] || refuse fenced 'this operation was abandoned'
          [ "$seen_owner $seen_sequence $seen_operation" != "$owner $sequence $operation" ] || return 0
          halt_others
          if [ -n "$seen_owner" ] && [ "$seen_owner" != "$owner" ]; then
            { tail -n 50 "$fence.retired" 2>/dev/null; printf '%s\n' "$seen_owner"; } >"$fence.new" && mv "$fence.new" "$fence.retired" || refuse unusable "cannot write $fence.retired"
          fi
          printf '%s %s %s\n' "$owner" "$sequence" "$operation" >"$fence.new" && { sync "$fence.new" 2>/dev/null || sync; } && mv "$fence.new" "$fence" || refuse unusable "cannot write $fence"
          forget_old
        }
        dir=$1 fence=$2 owner=$3 sequence=$4 operation=$5; shift 5
        [ ! -L "$dir" ] && [ ! -L "$dir/jobs" ] && [ ! -L "$dir/jobs/$operation" ] || refuse unusable "$dir must hold no symbolic links"

        """;

    /// <summary>Runs in a session of its own, beside everything that may die: the starter, sshd, the operator.</summary>
    public const string Runner =
        """
        job=$1 script=$2; shift 2
        read -r line <"/proc/$$/stat"
        read -r boot </proc/sys/kernel/random/boot_id
        begun=$(set -- ${line##*) }; echo "${20}")
        printf '%s %s %s\n' "$$" "$begun" "$boot" >"$job/pid.new" && mv "$job/pid.new" "$job/pid" || exit 1
        exec 9>&-
        sh -c "$script" sh "$@"
        printf '%s\n' "$?" >"$job/exit.new" && mv "$job/exit.new" "$job/exit"
        """;

    /// <summary>Arguments after those of the scope: job name, run again (0 or 1), twentieths of a second to wait, runner, script, arguments.</summary>
    public const string Start = Functions +
        """
        name=$1 again=$2 patience=$3 runner=$4 script=$5; shift 5
        job=$dir/jobs/$operation/$name
        # Virtual machines may run as another user, who must be able to reach their disks; what is in "jobs" stays private.
        [ -d "$dir" ] || (umask 066; mkdir -p "$dir") || refuse unusable "cannot make $dir"
        lock
        pass_fence
        look "$job"
        fresh=0
        case $state in
          unborn) rm -rf -- "$job" ;;
          lost) if [ "$again" = 1 ]; then
              n=1
              while [ -e "$job.lost$n" ]; do n=$((n + 1)); done
              [ "$n" -gt 3 ] || mv "$job" "$job.lost$n"
            fi ;;
        esac
        if [ ! -d "$job" ]; then
          mkdir -p "$dir/jobs/$operation" && mkdir "$job" || refuse unusable "cannot make $job"
          { printf '%s\n' "$script"; [ $# = 0 ] || printf 'argument: %s\n' "$@"; } >"$job/command"
          PROVISIONING_JOB=$job setsid sh -c "$runner" job "$job" "$script" "$@" </dev/null >"$job/log" 2>&1 &
          fresh=1
        fi
        exec 9>&-
        n=0
        while [ ! -f "$job/exit" ] && [ "$n" -lt "$patience" ]; do
          n=$((n + 1)); sleep 0.05
          # Who was killed leaves no exit code, and is not waited for.
          [ "$((n % 10))" != 0 ] || { look "$job"; [ "$state" != lost ] || break; }
        done
        # It vanished while it was waited for: the next to ask begins it again, so it is not lost yet.
        if [ "$again" = 1 ] && [ ! -e "$job.lost3" ]; then
          look "$job"
          [ "$state" != lost ] || refuse busy 'it vanished without an exit code and is begun again'
        fi
        report "$job" "$fresh"
        """;

    /// <summary>Arguments after those of the scope: script, arguments. For short scripts that may be repeated: it runs to its end under the lock.</summary>
    public const string RunFenced = Functions +
        """
        script=$1; shift
        lock
        pass_fence
        log=$(sh -c "$script" sh "$@" 2>&1 9>&-)
        printf 'state=exited\nstarted=1\ncode=%s\nlog=\n' "$?"
        printf '%s' "$log" | tail -c 16000
        printf '\nend-of-report\n'
        """;

    /// <summary>Arguments after those of the scope: script, arguments. An older operation may clean up after itself too, so the fence is not asked.</summary>
    public const string Abandon = Functions +
        """
        script=$1; shift
        lock
        if [ -d "$dir" ]; then
          mkdir -p "$dir/jobs/$operation/abandoned" || refuse unusable "cannot write $dir/jobs/$operation"
          for job in "$dir/jobs/$operation"/*/; do
            [ ! -f "${job}pid" ] || halt "${job%/}" || refuse busy "the job $job does not end"
          done
        fi
        log=$(sh -c "$script" sh "$@" 2>&1 9>&-)
        printf 'state=exited\nstarted=1\ncode=%s\nlog=\n' "$?"
        printf '%s' "$log" | tail -c 16000
        printf '\nend-of-report\n'
        """;
}
