# cmake -DMANIFESTS=a;b -DOUTPUT=c -P merge_manifests.cmake: the variants and compilers of several builds as one manifest.
# What else a manifest says is taken from the first.
list(POP_FRONT MANIFESTS first)
file(READ "${first}" merged)
foreach(other IN LISTS MANIFESTS)
  file(READ "${other}" manifest)
  string(JSON count LENGTH "${manifest}" variants)
  math(EXPR last "${count} - 1")
  foreach(i RANGE ${last})
    string(JSON variant GET "${manifest}" variants ${i})
    string(JSON at LENGTH "${merged}" variants)
    string(JSON merged SET "${merged}" variants ${at} "${variant}")
  endforeach()
  string(JSON compiler MEMBER "${manifest}" build compilers 0)  # a build has one
  string(JSON version GET "${manifest}" build compilers ${compiler})
  string(JSON merged SET "${merged}" build compilers ${compiler} "\"${version}\"")
endforeach()
file(WRITE "${OUTPUT}" "${merged}")
