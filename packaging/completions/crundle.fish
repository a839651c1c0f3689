# fish completion for crundle. What follows the functions is made from the commands.

# @TABLES@
# The words before the cursor, without the program.
function __crundle_words
    set -l words (commandline -opc)
    string join \n -- $words[2..-1]
end

# The command that is typed; nothing when there is none yet.
function __crundle_command
    set -l words (__crundle_words)
    if set -q words[2]; and contains -- "$words[1] $words[2]" $__crundle_commands
        echo "$words[1] $words[2]"
    else if set -q words[1]; and contains -- $words[1] $__crundle_commands
        echo $words[1]
    end
end

# True when exactly $argv[1] words are there, and the rest of $argv are they.
function __crundle_at
    set -l words (__crundle_words)
    test (count $words) = $argv[1]; and test "$words" = "$argv[2..-1]"
end

# How many arguments of the command are there already.
function __crundle_position
    set -l command (__crundle_command)
    set -l names (string split ' ' -- $command)
    set -l words (__crundle_words)
    set -l valued (__crundle_valued $command)
    set -l position 0
    set -l skip 0
    for word in $words[(math (count $names) + 1)..-1]
        if test $skip = 1
            set skip 0
        else if string match -q -- '-?*' $word; and not begin
                contains -- $command $__crundle_stopping; and test $position -gt 0
            end
            # Letters may stand together, the last one with a value.
            string match -q -- '--*' $word; or set word -(string sub -s -1 -- $word)
            contains -- $word $valued; and set skip 1
        else
            set position (math $position + 1)
        end
    end
    echo $position
end

# True where flags of the command, by one of its names $argv, may stand.
function __crundle_flags
    set -l command (__crundle_command)
    test -n "$command"; and contains -- $command $argv; or return 1
    not contains -- $command $__crundle_stopping; or test (__crundle_position) = 0
end

# True at argument $argv[1] (`1+`: and at all after it) of the command, by one of its names.
function __crundle_argument
    set -l command (__crundle_command)
    test -n "$command"; and contains -- $command $argv[2..-1]; or return 1
    set -l position (__crundle_position)
    if string match -q -- '*+' $argv[1]
        test $position -ge (string trim -r -c + -- $argv[1])
    else
        test $position = $argv[1]
    end
end

# The candidates of sources: names of what is there, ids too once something is typed.
function __crundle_from
    set -l typed (commandline -ct)
    for source in $argv
        switch $source
            case containers
                crundle ps -a --format '{{.Names}}\t{{.Image}}'
                test -n "$typed"; and crundle ps -a --format '{{.ID}}\t{{.Names}}'
            case running
                crundle ps --format '{{.Names}}\t{{.Image}}'
                test -n "$typed"; and crundle ps --format '{{.ID}}\t{{.Names}}'
            case images
                crundle images --format '{{.Repository}}:{{.Tag}}' | string match -v '*<none>*'
                test -n "$typed"; and crundle images -q
            case networks
                crundle network ls --format '{{.Name}}\t{{.Driver}}'
            case volumes
                crundle volume ls -q
            case '+*'
                string sub -s 2 -- $source
        end
    end 2>/dev/null
end
